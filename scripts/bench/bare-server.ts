// What the redirects are compared with: a node:http server that answers every request with one fixed 302 and does nothing
// else. Arguments: the Location and the port.

import { createServer } from 'node:http';

const [location = '', port] = process.argv.slice(2);
const headers = ['Location', location, 'Content-Length', '0'];

const server = createServer((_request, response) => {
  response.writeHead(302, headers);
  response.end();
});
server.listen(Number(port), '127.0.0.1');
