// Asks one question after the other for some seconds, as a process of its own that keeps nothing of the answers: whoever asks does so on
// another machine. `question-reader.ts KEY SECONDS URL…` prints how many were answered; ends with 1 where one is no 200, or breaks off.

import { get } from 'node:http';
import { oneConnection } from './timed-answers.ts';

const [key = '', seconds = '0', ...urls] = process.argv.slice(2);
const agent = oneConnection();

function ask(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { authorization: `Bearer ${key}` } }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answers ${response.statusCode}`));
      response.resume().once('end', resolve).once('error', reject);
    }).once('error', reject);
  });
}

let answered = 0;
const end = performance.now() + Number(seconds) * 1_000;
for (; performance.now() < end; answered++) await ask(urls[answered % urls.length] as string);
agent.destroy();
console.log(answered);
