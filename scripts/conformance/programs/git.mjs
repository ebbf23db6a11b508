/**
 * git: clone of a repository with history, gc, fsck, a worktree, a rebase; each commit as on a plain directory.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertSame } from '../trial.mjs';

const LIMIT_MS = 300_000;

const SETTINGS = `export GIT_AUTHOR_DATE='2024-01-01T00:00:00Z' GIT_COMMITTER_DATE='2024-01-01T00:00:00Z'
export GIT_AUTHOR_NAME=n GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=n GIT_COMMITTER_EMAIL=a@b
`;

const CLONE = `
git clone -q --no-local "$T/history" clone
git -C clone status --porcelain; git -C clone log --format='%H %T %s' | sha256sum; git -C clone ls-tree -r HEAD | sha256sum
`;

const MAINTAIN = `cd clone
git checkout -q -b topic origin/topic; git status --porcelain; git fsck --strict --full --no-dangling
git repack -q -a -d -f; git gc -q --prune=now; git fsck --strict --full --no-dangling; git count-objects -v | grep -E '^(count|packs|garbage)'
`;

const WORKTREE = `cd clone
git worktree add -q ../beside main; cd ../beside; mkdir new; seq 1 999 > new/file; git add .; git commit -q --no-verify -m beside 2>/dev/null || git checkout -q -b beside
git status --porcelain; git rev-parse HEAD:; cd ../clone; git worktree list | wc -l; git worktree remove --force ../beside; git worktree prune; git worktree list | wc -l
`;

const REBASE = `cd clone
git rebase -q main 2>/dev/null; git status --porcelain; git log --format='%T %s' main..topic; git fsck --strict --no-dangling
git stash list; echo dirty >> file-0; git stash -q; git stash pop -q; git diff --stat; git checkout -q .; git cherry-pick --no-commit main~3 2>/dev/null || git cherry-pick --abort || true
git reset -q --hard main; git clean -fdxq; git status --porcelain; git archive HEAD | tar -t | wc -l; git bundle create -q ../all --all; git bundle verify -q ../all 2>/dev/null; echo "$?"
`;

export const git = {
  name: 'git',
  title: 'git clone, gc, fsck, worktree, rebase',
  needs: ['git'],
  brief: true,
  async check(trial) {
    const commits = trial.quick ? 60 : 400;
    writeFileSync(join(trial.plain, 'stream'), historyStream(commits));
    await trial.plainly('git init -q -b main history; git -C history fast-import --quiet < stream', {
      timeoutMs: LIMIT_MS,
    });
    for (const [title, script] of [
      [`clones ${commits} commits`, CLONE],
      ['packs, collects garbage and finds every object sound', MAINTAIN],
      ['makes and removes a worktree', WORKTREE],
      ['rebases, stashes, archives and bundles', REBASE],
    ]) {
      await trial.case(title, async () => {
        const options = { timeoutMs: LIMIT_MS };
        const wanted = await trial.plainly(`T=$PWD; mkdir -p work; cd work; ${SETTINGS}${script}`, options);
        assertSame(await trial.sh(`${SETTINGS}${script}`, options), wanted, 'what git says');
      });
    }
  },
};

/** A stream for fast-import: main with merges, moved and removed files, and a branch `topic` that main went on from. */
export function historyStream(commits) {
  const parts = [];
  let state = 20260101;
  const random = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const text = (name) =>
    Array.from({ length: 5 + random(200) }, (_, line) => `${name} ${line} ${random(2 ** 31)}\n`).join('');
  const data = (content) => `data ${Buffer.byteLength(content)}\n${content}\n`;
  const commit = (branch, n, lines) => {
    const who = `N <n@example.org> ${1_600_000_000 + n * 3600} +0100`;
    parts.push(`commit refs/heads/${branch}\nmark :${n + 1}\nauthor ${who}\ncommitter ${who}\n`);
    parts.push(data(`Change ${n}\n\nOn ${branch}.\n`), ...lines, '\n');
  };
  const write = (name) => `M ${random(9) === 0 ? '100755' : '100644'} inline ${name}\n${data(text(name))}`;
  const files = ['file-0'];
  let branched;
  for (let n = 0; n < commits; n++) {
    const lines = n === 0 ? [write('file-0')] : [];
    for (let i = 0; i < 3; i++) {
      const name = `part-${random(20)}/deep/file-${n}-${i}`;
      files.push(name);
      lines.push(write(name));
    }
    lines.push(write(files[random(files.length)]));
    if (n % 10 === 5) lines.push(`M 120000 inline link-${n}\n${data(files[0])}`);
    if (n % 7 === 6) lines.push(`R ${files.at(-1)} moved/file-${n}\n`);
    if (n % 7 === 6) files[files.length - 1] = `moved/file-${n}`;
    commit('main', n, lines);
    if (n === Math.floor(commits * 0.8)) branched = n;
  }
  for (let i = 0; i < 12; i++) {
    const from = i === 0 ? [`from :${branched + 1}\n`] : [];
    commit('topic', commits + i, [...from, write(`topic/file-${i}`)]);
  }
  return parts.join('');
}
