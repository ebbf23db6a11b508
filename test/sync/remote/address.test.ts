import t from 'tap';
import { fileOfAddress, parseRemoteAddress, splitToken } from '#src/sync/remote/address.js';

t.test('libsql, wss and ws are spoken as https and http, with the path as a folder', async (t) => {
  const spoken = (text: string) => parseRemoteAddress(text).url;
  t.equal(spoken('libsql://db-org.turso.io'), 'https://db-org.turso.io/');
  t.equal(spoken('libsql://host:8080?tls=0'), 'http://host:8080/');
  t.equal(spoken('wss://host/a'), 'https://host/a/');
  t.equal(spoken('ws://host:1'), 'http://host:1/');
  t.equal(spoken('file:/a/b.db'), 'file:/a/b.db');
});

t.test('what is no address is USAGE with the schemes that there are', async (t) => {
  for (const text of ['', 'mydb', 'ftp://host', 'http://', 'file:', 'file:///:memory:']) {
    t.throws(() => parseRemoteAddress(text), { code: 'USAGE', hint: /libsql:/ }, text);
  }
});

t.test('a user or a password in an address is refused, and not repeated', async (t) => {
  for (const text of ['https://secret@host/', 'https://user:secret@host/']) {
    try {
      parseRemoteAddress(text);
      t.fail(text);
    } catch (error) {
      t.match(error, { code: 'USAGE', message: /--token-file/ });
      t.notMatch(JSON.stringify(error), 'secret');
    }
  }
});

t.test('a token is split from its address, which else stays as it was given', async (t) => {
  t.strictSame(splitToken('libsql://host?authToken=T&tls=0'), { url: 'libsql://host?tls=0', token: 'T' });
  t.strictSame(splitToken('https://host/db?authToken=T'), { url: 'https://host/db', token: 'T' });
  t.strictSame(splitToken('libsql://host?authToken='), { url: 'libsql://host' });
  for (const url of ['libsql://host', 'http://127.0.0.1:9', 'file:/a/b?authToken=x']) {
    t.strictSame(splitToken(url), { url });
  }
});

t.test('a file has an absolute path on this machine, however it is written', async (t) => {
  for (const text of ['file:/a b/r.db', 'file:///a%20b/r.db', 'file://localhost/a%20b/r.db?x=1#y']) {
    t.equal(fileOfAddress(text), '/a b/r.db', text);
    t.equal(parseRemoteAddress(text).kind, 'file');
  }
  for (const [text, message] of [
    ['file:r.db', /begins with a slash/],
    ['file:./r.db', /begins with a slash/],
    ['file://r.db', /'r\.db' would be/],
    ['file:///100%/r.db', /%25/],
  ] as const)
    t.throws(() => parseRemoteAddress(text), { code: 'USAGE', message, hint: /file:\/path/ }, text);
});
