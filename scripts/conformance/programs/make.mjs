/**
 * make -j2 of a C project of 200 files: times tell it exactly what to build again.
 */
const LIMIT_MS = 300_000;

const GENERATE = `mkdir -p src include; i=0; echo 'long total(void);' > include/total.h
: > src/calls; : > src/declarations
while [ $i -lt $N ]; do
  printf '#include "part-%s.h"\\nlong part_%s(long n) { return n * OFFSET_%s + %s; }\\n' $i $i $i $i > src/part-$i.c
  printf '#define OFFSET_%s %s\\nlong part_%s(long n);\\n' $i $((i % 7)) $i > include/part-$i.h
  echo "#include \\"part-$i.h\\"" >> src/declarations; echo "  sum += part_$i(sum % 1000);" >> src/calls; i=$((i+1))
done
{ echo '#include <stdio.h>'; cat src/declarations; echo 'int main(void) { long sum = 1;'; cat src/calls; printf '%s\\n' '  printf("%ld\\n", sum); return 0; }'; } > src/main.c
rm src/calls src/declarations
cat > Makefile <<'END'
SOURCES := $(wildcard src/*.c)
OBJECTS := $(SOURCES:src/%.c=build/%.o)
program: build/libparts.a build/main.o ; $(CC) -o $@ build/main.o -Lbuild -lparts
build/libparts.a: $(filter-out build/main.o,$(OBJECTS)) ; rm -f $@ && ar rcs $@ $^
build/%.o: src/%.c | build ; @echo compile >> compiled; $(CC) -O1 -g -Iinclude -MMD -c -o $@ $<
build: ; mkdir $@
-include $(OBJECTS:.o=.d)
END
`;

export const make = {
  name: 'make',
  title: 'make -j2 of a C project of 200 files',
  needs: ['make', 'gcc', 'ar'],
  async check(trial) {
    const count = trial.quick ? 20 : 200;
    const options = { timeoutMs: LIMIT_MS, env: { N: String(count), MAKEFLAGS: '', CC: 'gcc' } };
    await trial.plainly(
      `${GENERATE} make -j2 > /dev/null; ./program > ../wanted`.replace('../wanted', 'wanted'),
      options,
    );
    await trial.case(`builds ${count} files, and the program runs`, () =>
      trial.sh(
        `${GENERATE} make -j2 > /dev/null; ./program | cmp - "$T/wanted"; [ $(wc -l < compiled) = $((N + 1)) ]`,
        options,
      ),
    );
    await trial.case('has nothing left to do', () => trial.sh('make -q; make -q -j2', options));
    await trial.case('builds again what hangs on a header, and nothing else', () =>
      trial.sh(
        `: > compiled; touch include/part-3.h; ! make -q; make -j2 > /dev/null; [ $(wc -l < compiled) = 2 ]; make -q
        : > compiled; sed -i 's/+ 5;/+ 6;/' src/part-5.c; make -j2 > /dev/null; [ $(wc -l < compiled) = 1 ]; make -q
        ! ./program | cmp -s - "$T/wanted"; sed -i 's/+ 6;/+ 5;/' src/part-5.c; make -j2 > /dev/null; ./program | cmp - "$T/wanted"`,
        options,
      ),
    );
  },
};
