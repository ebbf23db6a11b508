/**
 * cargo build of a small crate with a library, a build script and a test: it maps its files, locks them, and goes by times.
 */
const LIMIT_MS = 300_000;

const GENERATE = `cargo new -q --vcs none --name small small; cd small; mkdir -p library/src
printf '[package]\\nname = "library"\\nversion = "0.1.0"\\nedition = "2021"\\n' > library/Cargo.toml
printf 'pub fn twice(n: u64) -> u64 {\\n    2 * n\\n}\\n\\n#[test]\\nfn doubles() {\\n    assert_eq!(twice(21), 42);\\n}\\n' > library/src/lib.rs
printf '\\n[dependencies.library]\\npath = "library"\\n\\n[workspace]\\nmembers = ["library"]\\n' >> Cargo.toml; sed -i '/^\\[dependencies\\]$/d' Cargo.toml
printf 'fn main() {\\n    let out = std::env::var("OUT_DIR").unwrap();\\n    std::fs::write(format!("{out}/made.rs"), "const MADE: u64 = 21;").unwrap();\\n    println!("cargo:rerun-if-changed=build.rs");\\n}\\n' > build.rs
printf 'include!(concat!(env!("OUT_DIR"), "/made.rs"));\\n\\nfn main() {\\n    println!("{}", library::twice(MADE));\\n}\\n' > src/main.rs
`;

export const cargo = {
  name: 'cargo',
  title: 'cargo build and test of a small crate',
  needs: ['cargo'],
  async check(trial) {
    const options = {
      timeoutMs: LIMIT_MS,
      env: { CARGO_TERM_COLOR: 'never', CARGO_NET_OFFLINE: 'true', CARGO_TARGET_DIR: 'target' },
    };
    await trial.case('builds, runs and tests', () =>
      trial.sh(
        `${GENERATE} cargo build -q; [ "$(target/debug/small)" = 42 ]; cargo test -q --workspace > said 2>&1 || { cat said; exit 1; }`,
        options,
      ),
    );
    await trial.case('compiles nothing that is fresh, and what was changed', () =>
      trial.sh(
        `cd small; cargo build 2> said; ! grep Compiling said; sed -i 's/2 \\* n/3 * n/' library/src/lib.rs; cargo build 2> said; grep -c Compiling said | grep -qx 2
        [ "$(target/debug/small)" = 63 ]; cargo clean -q; [ ! -e target ]`,
        options,
      ),
    );
  },
};
