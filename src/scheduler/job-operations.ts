// Every write of the scheduler.

import { announceJobs } from './announce-jobs-store.ts';
import { claimJob } from './claim-job-store.ts';
import { finishJob } from './finish-job-store.ts';
import { freeJobs } from './free-jobs-store.ts';
import { renewLease } from './renew-lease-store.ts';

export const jobOperations = [announceJobs, freeJobs, claimJob, renewLease, finishJob];
