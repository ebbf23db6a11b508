import t from 'tap';
import { FrameReader } from '#src/rpc/frame.js';
import { decodeMessage, encodeMessage, MalformedMessage } from '#src/rpc/message.js';
import type { Message } from '#src/rpc/protocol.js';

function throughTheWire(message: Message): Message {
  const frames = [...new FrameReader().push(Buffer.concat(encodeMessage(message)))];
  return decodeMessage(frames[0]!);
}

function decode(json: string, bytes = ''): Message {
  return decodeMessage({ json: Buffer.from(json), bytes: Buffer.from(bytes) });
}

/** The JSON-RPC code with which it is refused. */
function refusal(json: string, bytes = ''): number | undefined {
  try {
    decode(json, bytes);
    return undefined;
  } catch (error) {
    return error instanceof MalformedMessage ? error.rpcCode : undefined;
  }
}

t.test('every kind of message comes back as it was sent, bytes included', async (t) => {
  const data = Buffer.from([0, 255, 10]);
  const messages: Message[] = [
    { type: 'request', id: 7, method: 'fs.write', params: { path: '/a', data } },
    { type: 'request', id: 'x', method: 'fs.write', params: { data: Buffer.alloc(0) } },
    { type: 'request', id: 8, method: 'fs.write', params: { data: 'text' } },
    { type: 'notification', method: 'event', params: { name: 'n', payload: [1] } },
    { type: 'result', id: 7, result: { data, size: 3 } },
    { type: 'result', id: 7, result: null },
    { type: 'error', id: null, error: { code: -32700, message: 'no' } },
  ];
  for (const message of messages) t.same(throughTheWire(message), message);
});

t.test('what is no message is refused with the JSON-RPC code for it', async (t) => {
  const wrong: [string, number][] = [
    ['{', -32700],
    ['[]', -32600],
    ['[{"jsonrpc":"2.0","method":"a","id":1}]', -32600],
    ['null', -32600],
    ['{"method":"a","id":1}', -32600],
    ['{"jsonrpc":"2.0","method":1,"id":1}', -32600],
    ['{"jsonrpc":"2.0","method":"a","id":null}', -32600],
    ['{"jsonrpc":"2.0","method":"a","id":{}}', -32600],
    ['{"jsonrpc":"2.0","method":"a","id":1,"params":[]}', -32600],
    ['{"jsonrpc":"2.0","id":1}', -32600],
    ['{"jsonrpc":"2.0","id":1,"error":"x"}', -32600],
  ];
  for (const [json, rpcCode] of wrong) t.equal(refusal(json), rpcCode, json);
});

t.test('bytes that were not announced, or in another number, are refused', async (t) => {
  t.equal(refusal('{"jsonrpc":"2.0","method":"a","id":1}', 'abc'), -32600);
  const call = '{"jsonrpc":"2.0","method":"a","id":1,"params":{"data":{"$bytes":2}}}';
  t.equal(refusal(call, 'abc'), -32600);
  t.match(decode(call, 'ab'), { params: { data: Buffer.from('ab') } });
});
