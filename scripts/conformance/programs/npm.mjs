/**
 * npm ci of this project's own packages, and a TypeScript build of it: the same tree and the same output as on a plain directory.
 */
import { cpSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const LIMIT_MS = 600_000;
const INSTALL = 'npm ci --ignore-scripts --no-audit --no-fund --silent --prefer-offline';
const BUILD = 'node node_modules/typescript/bin/tsc -p .';

export const npm = {
  name: 'npm',
  title: 'npm ci of this project, and its TypeScript build',
  needs: ['npm'],
  async check(trial) {
    const options = { timeoutMs: LIMIT_MS };
    for (const name of ['package.json', 'package-lock.json', '.npmrc', 'tsconfig.json', 'src']) {
      cpSync(join(ROOT, name), join(trial.plain, 'project', name), { recursive: true });
    }
    try {
      await trial.plainly(`cp -R project source; cd project; ${INSTALL}; ${BUILD}`, options);
    } catch (error) {
      trial.skip('npm ci and a TypeScript build', `they fail on a plain directory too: ${error.message}`);
      return;
    }
    await trial.case('npm ci installs the tree that a plain directory has', () =>
      trial.sh(
        `cp -R "$T/source" project; cd project; ${INSTALL}
        diff -r --no-dereference --exclude=.package-lock.json node_modules "$T/project/node_modules"`,
        options,
      ),
    );
    await trial.case('tsc builds what it builds on a plain directory', () =>
      trial.sh(`cd project; ${BUILD}; diff -r dist "$T/project/dist"; test -s dist/cli/main.js`, options),
    );
    await trial.case('npm lists it, and rm -rf removes it', () =>
      trial.sh(
        'cd project; npm ls --all --silent > /dev/null || true; rm -rf node_modules dist; ls -A',
        options,
      ),
    );
  },
};
