/**
 * A Python venv, and pip into it: links, scripts with a long first line, byte code kept by times.
 */
const LIMIT_MS = 300_000;
/** Pure, without dependencies, small. */
const PACKAGE = 'six';

export const python = {
  name: 'python',
  title: 'a Python venv, and pip',
  needs: ['python3'],
  async check(trial) {
    const options = {
      timeoutMs: LIMIT_MS,
      env: { PIP_DISABLE_PIP_VERSION_CHECK: '1', PYTHONDONTWRITEBYTECODE: '' },
    };
    await trial.case('makes a venv that runs', () =>
      trial.sh(
        'python3 -m venv venv; venv/bin/python -c "import sys; assert sys.prefix.endswith(\'venv\')"; venv/bin/pip --version',
        options,
      ),
    );
    try {
      await trial.plainly(`python3 -m pip download -q --no-deps -d wheels ${PACKAGE}`, options);
    } catch (error) {
      trial.skip('pip install', `pip cannot bring ${PACKAGE}: ${error.message}`);
      return;
    }
    await trial.case('pip installs, verifies and removes a package', () =>
      trial.sh(
        `venv/bin/pip install -q --no-index --find-links "$T/wheels" ${PACKAGE}; venv/bin/pip check; venv/bin/python -c 'import six; print(six.__file__)' | grep -q site-packages
        venv/bin/pip install -q --no-index --find-links "$T/wheels" --force-reinstall ${PACKAGE}; venv/bin/pip uninstall -q -y ${PACKAGE}; ! venv/bin/python -c 'import six' 2>/dev/null`,
        options,
      ),
    );
    await trial.case('byte code is written once, and anew for a changed source', () =>
      trial.sh(
        `export PYTHONPATH=$PWD; echo 'print("one")' > module.py; python3 -c 'import module'; stat -c %Y.%i __pycache__/* > first; python3 -c 'import module'
        stat -c %Y.%i __pycache__/* | cmp - first; echo 'print("other")' > module.py; [ "$(python3 -c 'import module')" = other ]; python3 -m compileall -q -f venv/lib`,
        options,
      ),
    );
  },
};
