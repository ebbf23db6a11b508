/**
 * rsync -aHAX onto the mount, within it, and back: the second time it has nothing to do, and what comes back is what went.
 */
const LIMIT_MS = 300_000;

/** Root has devices too; a file system without user attributes for the sources goes without them. */
const GENERATE = `mkdir src; cd src; i=0; while [ $i -lt $N ]; do d=d$((i % 20)); mkdir -p $d; echo "content of $i" > "$d/file $i"; i=$((i+1)); done
seq 1 200000 > large; ln large hard; ln -s d0 link; ln -s nowhere dangling; mkfifo fifo; truncate -s 5M sparse; echo end >> sparse; mkdir -p empty/dir
chmod 4750 hard; chmod 1777 empty; chmod 2755 d1; touch -d '1960-02-03 04:05:06.123456789 UTC' d2/*; touch -d '2040-02-03 04:05:06.987654321 UTC' d3 d4/*; touch -h -d '2001-01-01 UTC' link
[ "$(id -u)" != 0 ] || { chown 1:5 large; chown -h 5:60 link; mknod null c 1 3; mknod block b 7 99; }
setfattr -n user.note -v kept large 2>/dev/null && setfattr -n user.note -v of-a-directory d5 || true; printf '\\303\\244' > 'n\\303\\244me'; touch -d '2003-01-01 UTC' d1 . empty`;

export const rsync = {
  name: 'rsync',
  title: 'rsync -aHAX twice, and back',
  needs: ['rsync', 'setfattr'],
  brief: true,
  async check(trial) {
    const options = { timeoutMs: LIMIT_MS, env: { N: String(trial.quick ? 100 : 2000) } };
    await trial.plainly(GENERATE, options);
    await trial.case('copies onto the mount', () => trial.sh('rsync -aHAXS "$T/src/" copy', options));
    await trial.case('has nothing to do the second time', () =>
      trial.sh(
        `rsync -aHAXi "$T/src/" copy > said; [ ! -s said ] || { head said; exit 1; }; rm said
        rsync -aHAX --stats "$T/src/" copy | grep -q 'Number of regular files transferred: 0$'`,
        options,
      ),
    );
    await trial.case('finds every byte and attribute the same', () =>
      trial.sh(
        'rsync -aHAXic --delete "$T/src/" copy > said; [ ! -s said ] || { head said; exit 1; }; rm said',
        options,
      ),
    );
    await trial.case('copies within the mount and back, and finds no difference', () =>
      trial.sh(
        `rsync -aHAXS copy/ again; rsync -aHAX again/ "$T/back"; rsync -aHAXic --delete "$T/src/" "$T/back" > said; [ ! -s said ] || { head said; exit 1; }
        [ "$(stat -c %h copy/large again/large | uniq)" = 2 ];`,
        options,
      ),
    );
    await trial.case('updates in place and deletes what is gone', () =>
      trial.sh(
        `cd again; rm 'd0/file 0'; seq 1 200001 > large; mkdir more; echo x > more/x; cd ..; rsync -aHAX --inplace --no-whole-file --delete again/ copy
        rsync -aHAXic --delete again/ copy > said; [ ! -s said ] || { head said; exit 1; }; diff -r --no-dereference -x fifo -x null -x block again copy`,
        options,
      ),
    );
  },
};
