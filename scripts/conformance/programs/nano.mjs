/**
 * nano saves: what was typed on a terminal, with and without a backup.
 */
const save = (flags) =>
  `exec script -qfec "stty cols 80 rows 24; exec nano --ignorercfiles ${flags} typed" /dev/null`;
const CTRL_O = '\u000f';
const CTRL_X = '\u0018';

export const nano = {
  name: 'nano',
  title: 'nano saves on a terminal',
  needs: ['nano', 'script'],
  async check(trial) {
    const type = (flags, text) =>
      trial.sh(save(flags), {
        env: { SHELL: '/bin/sh' },
        terminal: [
          { awaits: /GNU nano/, keys: `${text}${CTRL_O}` },
          { awaits: /File Name to Write|Write to File/, keys: '\r' },
          { awaits: /Wrote [0-9]+ lines?/, keys: CTRL_X },
        ],
      });
    await trial.case('saves a new file', async () => {
      await type('', 'hello from nano');
      await trial.sh('[ "$(cat typed)" = "hello from nano" ]; chmod 600 typed');
    });
    await trial.case('saves again beside a backup, with the mode of before', async () => {
      await type('--backup', 'again, ');
      await trial.sh(
        '[ "$(cat typed)" = "again, hello from nano" ]; [ "$(cat typed~)" = "hello from nano" ]; [ "$(stat -c %a typed)" = 600 ]',
      );
    });
  },
};
