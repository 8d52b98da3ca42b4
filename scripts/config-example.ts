// Writes config.example.toml from the table of options: `node scripts/config-example.ts`.

import { writeFileSync } from 'node:fs';
import { exampleToml } from '../src/config/example.ts';

writeFileSync(new URL('../config.example.toml', import.meta.url), exampleToml());
