/**
 * tar: an archive extracted onto the mount and made again there is the same, byte for byte.
 */
const LIMIT_MS = 300_000;

const GENERATE = `mkdir src; cd src; i=0; while [ $i -lt $N ]; do d=d$((i % 30))/e$((i % 3)); mkdir -p $d; seq 1 $((i % 400)) > $d/file-$i; i=$((i+1)); done
ln d1/e1/file-1 hard; ln -s d1 link; mkfifo fifo; chmod 6755 d2/e2/file-2; chmod 1777 d3; echo x > 'a name with spaces and an
end of line'; mkdir -p "$(printf 'long%.0s' $(seq 50))"; touch -d '1950-01-02 03:04:05.678901234 UTC' d4/e1/*; touch -d '2100-01-02 03:04:05.000000001 UTC' d5
[ "$(id -u)" != 0 ] || { chown 1:1 d2/e2/*; mknod zero c 1 5; }; setfattr -n user.note -v kept d1/e1/file-1 2>/dev/null || true`;
const PACK =
  'tar --sort=name --format=pax --pax-option=delete=atime,delete=ctime --xattrs --numeric-owner -cf';

export const tar = {
  name: 'tar',
  title: 'tar there and back, the same archive byte for byte',
  needs: ['tar', 'setfattr'],
  async check(trial) {
    const options = { timeoutMs: LIMIT_MS, env: { N: String(trial.quick ? 300 : 5000) } };
    await trial.plainly(`${GENERATE}; cd ..; ${PACK} one.tar -C src .`, options);
    await trial.case('extracts on the mount, and makes the same archive there', () =>
      trial.sh(
        `mkdir out; tar --xattrs --xattrs-include='*' --numeric-owner -xpf "$T/one.tar" -C out; ${PACK} two.tar -C out .; cmp two.tar "$T/one.tar"`,
        options,
      ),
    );
    await trial.case('extracts over what is there, and finds no difference', () =>
      trial.sh(
        'tar --numeric-owner -xpf two.tar -C out; tar --numeric-owner -df "$T/one.tar" -C out',
        options,
      ),
    );
    await trial.case('keeps a sparse file sparse', () =>
      trial.sh(
        `mkdir sparse; truncate -s 50M sparse/file; echo middle | dd of=sparse/file bs=1 seek=20000000 conv=notrunc status=none; sum=$(sha256sum < sparse/file)
        tar -S -cf s.tar -C sparse .; [ $(stat -c %s s.tar) -lt 1000000 ]; mkdir thin; tar -Sxf s.tar -C thin; [ "$sum" = "$(sha256sum < thin/file)" ]; [ $(du -k thin/file | cut -f1) -lt 1000 ]`,
        options,
      ),
    );
    await trial.case('compresses through a pipe, and removes the tree', () =>
      trial.sh(
        'tar -czf - -C out . | tar -tzf - | wc -l > listed; [ $(cat listed) = $(tar -tf two.tar | wc -l) ]; rm -rf out sparse thin; [ ! -e out ]',
        options,
      ),
    );
  },
};
