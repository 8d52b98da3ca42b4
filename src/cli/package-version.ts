// The program's version, from package.json; the build puts it into the executable.

import packageJson from '../../package.json' with { type: 'json' };

export const packageVersion: string = packageJson.version;
