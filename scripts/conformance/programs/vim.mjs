/**
 * vim saves: over a backup, by a copy, through a link; on a terminal as a person would. Owner, mode and links stay.
 */
const SAVE = `
vim -u NONE -es -c 'set backupskip= backup writebackup backupcopy=no' -c '%s/two/2/' -c wq file < /dev/null; [ "$(cat file)" = "$(printf 'one\\n2')" ]; [ "$(cat file~)" = "$(printf 'one\\ntwo')" ]
[ "$(stat -c %a file)" = 640 ]
`;
const COPY = `
vim -u NONE -es -c 'set backupskip= nobackup writebackup backupcopy=yes' -c 'normal Gothree' -c wq hard < /dev/null; [ "$(stat -c '%h %i' hard)" = "$(stat -c '%h %i' other)" ]; tail -n 1 other | grep -qx three
vim -u NONE -es -c 'normal Gofour' -c wq link < /dev/null; [ "$(readlink link)" = target ]; tail -n 1 target | grep -qx four
`;
const TERMINAL = `exec script -qfec "stty cols 80 rows 24; exec vim -u NONE typed" /dev/null`;

export const vim = {
  name: 'vim',
  title: 'vim saves, scripted and on a terminal',
  needs: ['vim', 'script'],
  async check(trial) {
    await trial.case('saves beside a backup, with the mode of before', () =>
      trial.sh(`printf 'one\\ntwo\\n' > file; chmod 640 file; ${SAVE}`),
    );
    await trial.case('saves through hard links and symbolic ones', () =>
      trial.sh(`seq 1 3 > hard; ln hard other; seq 1 3 > target; ln -s target link; ${COPY}`),
    );
    await trial.case('saves what was typed, and leaves no swap file', async () => {
      await trial.sh(TERMINAL, {
        terminal: [
          { awaits: /typed/, keys: 'ihello from a terminal\u001b:w\r' },
          { awaits: /written/, keys: 'osecond line\u001b:wq\r' },
        ],
        env: { SHELL: '/bin/sh' },
      });
      await trial.sh(
        `[ "$(cat typed)" = "$(printf 'hello from a terminal\\nsecond line')" ]; ! ls -A | grep -E 'sw[a-z]$|^4913$'`,
      );
    });
  },
};
