// The configuration or the command line is wrong: one line that says where, and exit code 2.

import { exitCodes, StartError } from '../core/exit.ts';

export class ConfigError extends StartError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, exitCodes.usage, options);
    this.name = 'ConfigError';
  }
}
