// Links as a company with many sites would make them: a few hosts have most, words come back, some have titles and tags.

import { type Random, seededRandom, zipfDraw } from './random-draws.ts';

export interface LinkDraft {
  readonly destinationUrl: string;
  readonly title?: string;
  readonly tags?: readonly string[];
}

export const hostCount = 40;
const words = (
  'summer winter sale poster guide article product review city travel music garden kitchen school market flyer ticket ' +
  'event menu offer spring autumn concert museum bicycle camera coffee festival gallery harbour island journey kettle'
).split(' ');
export const draftTags = Array.from({ length: 30 }, (_, index) => `campaign ${index + 1}`);

/** Draws one link after the other, the same on every run. */
export function linkDrafts(seed: number): () => LinkDraft {
  const random: Random = seededRandom(seed);
  const drawHost = zipfDraw(hostCount, random);
  const drawWord = zipfDraw(words.length, random);
  const drawTag = zipfDraw(draftTags.length, random);
  const word = (): string => words[drawWord()] as string;
  let made = 0;
  return () => {
    made++;
    const destinationUrl = `https://www.site-${drawHost()}.example/${word()}/${word()}-${word()}/${made}?page=${random(1_000)}`;
    return {
      destinationUrl,
      ...(random(10) < 3 ? { title: `The ${word()} ${word()}, ${2020 + random(7)}` } : {}),
      ...(random(10) < 2 ? { tags: [draftTags[drawTag()] as string] } : {}),
    };
  };
}
