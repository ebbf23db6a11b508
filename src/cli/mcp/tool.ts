/**
 * What a tool of the MCP server is: its description for the client, its input as a schema, and what it does. How it answers
 * stands here alone: text for a model to read, data beside it, and every failure as a tool error with code and hint.
 */
import type { McpServer, ToolCallback } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult, ToolAnnotations } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { toAgentFsError } from '../../base/index.js';
import type { Workspace } from '../../sdk/typescript/index.js';

export interface ToolCall {
  readonly workspace: Workspace;
  /** Aborted where the client cancels the call. */
  readonly signal: AbortSignal;
}

export interface ToolSpec<Shape extends z.ZodRawShape> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Shape;
  /** `read`: changes nothing. `add`: changes, and takes nothing away. `replace`: may replace or remove what is there. */
  readonly effect: 'read' | 'add' | 'replace';
  /** The same call again changes nothing more. */
  readonly idempotent?: boolean;
  /** It talks with the remote. */
  readonly remote?: boolean;
  run(input: z.output<z.ZodObject<Shape>>, call: ToolCall): Promise<CallToolResult>;
}

export interface Tool {
  readonly name: string;
  readonly changes: boolean;
  register(server: McpServer, workspace: Workspace): void;
}

export function tool<Shape extends z.ZodRawShape>(spec: ToolSpec<Shape>): Tool {
  const { name, title, description, input, effect, idempotent = effect === 'read', remote = false } = spec;
  const annotations: ToolAnnotations = {
    title,
    readOnlyHint: effect === 'read',
    destructiveHint: effect === 'replace',
    idempotentHint: idempotent,
    openWorldHint: remote,
  };
  return {
    name,
    changes: effect !== 'read',
    register: (server, workspace) => {
      const run = async (
        given: z.output<z.ZodObject<Shape>>,
        { signal }: { readonly signal: AbortSignal },
      ): Promise<CallToolResult> => {
        try {
          return await spec.run(given, { workspace, signal });
        } catch (error) {
          return failed(error);
        }
      };
      const inputSchema: z.ZodType = z.strictObject(input);
      const config = { title, description, inputSchema, annotations };
      server.registerTool(name, config, run as ToolCallback<z.ZodType>);
    },
  };
}

export function told(text: string): CallToolResult {
  return { content: [{ type: 'text', text }] };
}

/** Data, for programs as it is and for models as text. */
export function answered(data: object): CallToolResult {
  return {
    content: [{ type: 'text', text: JSON.stringify(data, undefined, 2) }],
    structuredContent: data as Record<string, unknown>,
  };
}

function failed(problem: unknown): CallToolResult {
  const error = toAgentFsError(problem);
  const hint = error.hint === undefined ? '' : `\n${error.hint}`;
  const text = error.message.startsWith(error.code) ? error.message : `${error.code}: ${error.message}`;
  return {
    isError: true,
    content: [{ type: 'text', text: text + hint }],
    structuredContent: { error: error.toJSON() },
  };
}

/** A path of the workspace as tools take it: its root is `/`, and nothing leads out of it. */
export function pathInput(what: string) {
  return z.string().min(1).describe(`${what}: a path in the workspace, whose root is /`);
}
