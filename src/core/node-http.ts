// node:http as it is, without its export of WebSocket: an import statement reads every export once, and reading that one
// loads an HTTP client, HTTP/2 and web streams that nothing here uses, some 6 MB of memory.

export const { Agent, createServer, request } = process.getBuiltinModule('node:http');
