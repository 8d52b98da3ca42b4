// Every write about clicks that is not a hit itself.

import { closeDays } from './day-closing-store.ts';
import { turnSalts } from './visitor-key-store.ts';

export const clickOperations = [closeDays, turnSalts];
