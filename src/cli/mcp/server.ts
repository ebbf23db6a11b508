/**
 * The MCP server of one workspace (`agentfs mcp`): its tools, and its files as resources. No path leads out of the
 * workspace: the owner resolves them, and knows no other root.
 */
import { posix } from 'node:path';
import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import { AgentFsError } from '../../base/index.js';
import { agentFsVersion, type Workspace } from '../../sdk/typescript/index.js';
import { FILE_TOOLS } from './file-tools.js';
import { PAST_TOOLS } from './past-tools.js';
import { SEARCH_TOOL } from './search-tool.js';
import { SYNC_TOOLS } from './sync-tools.js';
import { looksBinary } from './text-window.js';

export const TOOLS = [...FILE_TOOLS, SEARCH_TOOL, ...PAST_TOOLS, ...SYNC_TOOLS];
const RESOURCE_BYTES = 4 * 1024 * 1024;
const SCHEME = 'agentfs://';

export function mcpServer(workspace: Workspace, options: { readonly readOnly: boolean }): McpServer {
  const server = new McpServer(
    { name: 'agentfs', title: `AgentFS: ${workspace.name}`, version: agentFsVersion() },
    {
      instructions:
        `Files of the workspace '${workspace.name}', which agents share. Paths begin at its root, /. ` +
        'Nothing that was pushed is lost: history tells its versions, and restore brings them back.' +
        (options.readOnly ? ' Here it can only be read.' : ''),
    },
  );
  for (const tool of TOOLS) if (!tool.changes || !options.readOnly) tool.register(server, workspace);
  registerFiles(server, workspace);
  return server;
}

/** `agentfs://NAME/path`; those in the root are listed, the others are found by the tools. */
function registerFiles(server: McpServer, workspace: Workspace): void {
  const root = `${SCHEME}${workspace.name}`;
  const template = new ResourceTemplate(`${root}/{+path}`, {
    list: async () => {
      const entries = await workspace.readdir('/', { withFileTypes: true });
      const files = entries.filter(({ kind }) => kind === 'file');
      return { resources: files.map(({ name }) => ({ name, uri: `${root}/${encodeURIComponent(name)}` })) };
    },
  });
  const config = { title: 'A file', description: `A file of the workspace '${workspace.name}'` };
  server.registerResource('file', template, config, async (uri) => {
    const path = posix.join('/', decodeURIComponent(uri.href.slice(root.length)));
    const { size } = await workspace.stat(path);
    if (size > RESOURCE_BYTES) {
      throw new AgentFsError('EFBIG', `'${path}' has ${size} bytes, more than a resource carries`, {
        operation: 'read resource',
        path,
        hint: 'Read it in parts with the tool read.',
      });
    }
    const data = await workspace.readFile(path);
    const content = looksBinary(data) ? { blob: data.toString('base64') } : { text: data.toString() };
    return { contents: [{ uri: uri.href, ...content }] };
  });
}
