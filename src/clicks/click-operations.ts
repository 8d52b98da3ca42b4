// Every write about clicks that is not a hit itself.

import { turnSalts } from './visitor-key-store.ts';

export const clickOperations = [turnSalts];
