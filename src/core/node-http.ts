// node:http as it is, without its export of WebSocket: an import statement reads every export once, and reading that one
// loads an HTTP client, HTTP/2 and web streams that nothing here uses, and that cost every start time and memory.

export const { createServer, IncomingMessage, ServerResponse, STATUS_CODES } = process.getBuiltinModule('node:http');
