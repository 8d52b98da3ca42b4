// Every write about clicks that is not a hit itself.

import { endClickJob, eraseStep, reclassifyStep, startClickJob } from './click-job-store.ts';
import { clearLink, deleteLink } from './link-clicks-store.ts';
import { dropOldHits, noticeMovedLinks } from './retention-store.ts';
import { turnSalts } from './visitor-key-store.ts';

export const clickOperations = [
  turnSalts,
  startClickJob,
  reclassifyStep,
  eraseStep,
  endClickJob,
  dropOldHits,
  noticeMovedLinks,
  clearLink,
  deleteLink,
];
