// What is known of a country by its code: name, continent and currency, from a package that is kept up to date.

import { type ICountryData, getCountryData, type TCountryCode } from 'countries-list';

export interface CountryFacts {
  /** In English. */
  readonly name: string;
  /** Two letters: EU, NA … */
  readonly continent: string;
  /** ISO 4217, the first of those in use; null: it has none. */
  readonly currency: string | null;
}

/** @param code ISO 3166-1 alpha-2; undefined: it is no country's, as '' is not */
export function countryFacts(code: string): CountryFacts | undefined {
  if (code === '') return undefined;
  // The package answers any code with some object.
  const { name, continent, currency } = getCountryData(code as TCountryCode) as Partial<ICountryData>;
  if (name === undefined || continent === undefined) return undefined;
  return { name, continent, currency: currency?.[0] ?? null };
}
