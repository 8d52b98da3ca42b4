// Reads an export as it comes and keeps nothing of it, as a process of its own. `export-reader.ts URL KEY` prints how many lines there were;
// ends with 1 where it is no 200, or breaks off.

import { get } from 'node:http';

const [url = '', key = ''] = process.argv.slice(2);
const newline = 10;

let lines = 0;
const asked = get(url, { agent: false, headers: { authorization: `Bearer ${key}` } }, (response) => {
  if (response.statusCode !== 200) throw new Error(`${url} answers ${response.statusCode}`);
  response.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, at + 1)) lines++;
  });
  response.once('end', () => console.log(lines));
});
await new Promise((resolve, reject) => asked.once('close', resolve).once('error', reject));
