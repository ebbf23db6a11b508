/**
 * inotify: what programs of this mount do is told as on any file system. Of what a pull brings FUSE has the kernel tell
 * nobody; names and contents are new at once for whoever looks, a watch of the directory stays, and one of a file that
 * the pull replaced is a watch of the old file, as after a rename over it.
 */
import { join } from 'node:path';
import { Agent } from '../agent.mjs';
import { assertSame } from '../trial.mjs';

/** Runs `$ACTIONS` under a watch of the paths in `$WATCHED`, prints the events of it in order, and nothing after. */
const WATCH = `
rm -f "$T/events" "$T/said"
inotifywait -m --format '%w|%f|%e' $WATCHED > "$T/events" 2> "$T/said" & watcher=$!
trap 'kill $watcher' EXIT
await() { n=0; until grep -qs "$1" "$2"; do n=$((n+1)); [ $n -lt 400 ] || { cat "$2"; exit 1; }; sleep 0.05; done; }
await 'Watches established' "$T/said"
`;
const END = `
: > d/last-of-all; await '|last-of-all|CLOSE_WRITE' "$T/events"
grep -v last-of-all "$T/events" || true
`;

const LOCAL = `
mkdir d; : > d/kept; ln d/kept d/other; WATCHED='d d/kept'
${WATCH}
echo new > d/new; echo more >> d/kept; cat d/new > /dev/null; chmod 600 d/kept; mv d/new d/moved; mv d/moved elsewhere; mv elsewhere d/back
ln -s kept d/link; mkdir d/sub; rmdir d/sub; truncate -s 10 d/kept; touch d/back; echo over > d/temporary; mv d/temporary d/back; rm d/other d/back d/link; rm d/kept
${END}
`;

const MADE =
  'mkdir d; echo old > d/changed; echo x > d/gone; echo y > d/moved; echo z > d/untouched; cat d/*';
const REMOTE = 'echo new > d/changed; rm d/gone; mv d/moved d/elsewhere; echo n > d/new; mkdir d/directory';

export const inotify = {
  name: 'inotify',
  title: 'inotify tells of local changes, and of pulls as far as FUSE can',
  needs: ['inotifywait'],
  brief: true,
  async check(trial) {
    await trial.case('tells of local changes what it tells on a plain directory', async () => {
      const wanted = await trial.plainly(`T=$PWD; mkdir local; cd local; ${LOCAL}`);
      assertSame(await trial.sh(LOCAL), wanted, 'the events');
      if (wanted.split('\n').length < 30) throw new Error(`too few events:\n${wanted}`);
    });
    await trial.sh('rm -r d');
    const other = await Agent.create(trial.cleanup);
    const remote = `file:${join(trial.plain, 'remote.db')}`;
    for (const agent of [trial.agent, other])
      await agent.sync('enable', '--turso-db', remote, '--mode', 'manual');
    await other.mount();
    await trial.sh(MADE);
    await trial.agent.sync('push');
    await other.sync('pull');
    await trial.onOther(other, REMOTE);
    await other.sync('push');
    await trial.case(
      'a pull beneath a watch makes no event, and what it brought is there and told of from then on',
      async () => {
        const pull = trial.agent.commandLine('sync', 'pull');
        const seen = await trial.sh(`WATCHED='d d/changed d/untouched'
        ${WATCH} (cd /; ${pull}) > /dev/null
        stat -c %s d/changed > "$T/sizes"; [ ! -e d/gone ]; [ ! -e d/moved ]; [ -d d/directory ]; stat -c %s d/new d/elsewhere >> "$T/sizes"
        echo local >> d/changed; echo local >> d/new; echo local >> d/untouched; mv d/directory d/renamed
        ${END} cat "$T/sizes"; cat d/changed`);
        assertSame(seen, EXPECTED, 'the events');
      },
    );
  },
};

/** Nothing of the pull. `changed` has become another file for the watch that was set on it; the directory tells of it. */
const EXPECTED = `d/|changed|OPEN
d/|changed|MODIFY
d/|changed|CLOSE_WRITE,CLOSE
d/|new|OPEN
d/|new|MODIFY
d/|new|CLOSE_WRITE,CLOSE
d/|untouched|OPEN
d/untouched||OPEN
d/|untouched|MODIFY
d/untouched||MODIFY
d/|untouched|CLOSE_WRITE,CLOSE
d/untouched||CLOSE_WRITE,CLOSE
d/|directory|MOVED_FROM,ISDIR
d/|renamed|MOVED_TO,ISDIR
4
2
2
new
local
`;
