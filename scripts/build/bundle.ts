// One CommonJS file from an entry and all that it imports, ready to run inside the executable without node_modules.
// Fails on every warning of the bundler: what it warns of breaks later, on a machine that is not ours.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';
import type { Target } from './target.ts';

/** The names under which the executable carries its native parts. */
export const sqliteAddonName = 'better-sqlite3.node';
export const argon2AddonName = 'argon2.node';

/**
 * @param sources gets the path of every file that went in
 * @returns the text of the bundle
 */
export async function bundle(
  projectFolder: string,
  entry: string,
  target: Target,
  sources: Set<string>,
): Promise<string> {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    absWorkingDir: projectFolder,
    // The bundle names its files as they are called below this folder, wherever node_modules may really lie.
    preserveSymlinks: true,
    platform: 'node',
    target: `node${target.nodeVersion}`,
    // The executable of Node 24 runs its main file as CommonJS.
    format: 'cjs',
    // Stack traces keep the names that the source has.
    keepNames: true,
    // The text stays in memory as long as the program runs, and is read before anything else is done.
    minifySyntax: true,
    minifyWhitespace: true,
    // So that a place in a stack trace still says something.
    lineLimit: 160,
    legalComments: 'eof',
    logLevel: 'silent',
    define: {
      'import.meta.url': 'executableUrl',
      // undici's own switch: leaves out a second parser, which nobody chooses here.
      esbuildDetection: 'true',
    },
    banner: { js: "const executableUrl = require('node:url').pathToFileURL(process.execPath).href;" },
    plugins: [nativeAddons(projectFolder, target)],
  });
  const complaints = [...result.errors, ...result.warnings].map(
    ({ text, location }) => `${location?.file ?? entry}:${location?.line ?? 0}: ${text}`,
  );
  if (complaints.length > 0) throw new Error(`the bundler complains:\n${complaints.join('\n')}`);
  for (const path of Object.keys(result.metafile.inputs)) sources.add(join(projectFolder, path));
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error(`bundling ${entry} gave no file`);
  return output.text;
}

/**
 * Points both native packages at core/native-addons.ts. Both stay unloaded until they are used: better-sqlite3 loads its
 * part with the first database, by which time the data folder is known, and argon2's package is replaced by getters.
 */
function nativeAddons(projectFolder: string, target: Target): Plugin {
  const loader = join(projectFolder, 'src', 'core', 'native-addons.ts');
  const load = (name: string): string => `require(${JSON.stringify(loader)}).loadNativeAddon(${JSON.stringify(name)})`;
  return {
    name: 'native-addons',
    setup(setup) {
      setup.onResolve({ filter: /^better-sqlite3$/ }, () => ({ path: target.sqliteEntry }));
      setup.onResolve({ filter: /\.node$/ }, () => ({ path: sqliteAddonName, namespace: 'native-addon' }));
      setup.onLoad({ filter: /.*/, namespace: 'native-addon' }, ({ path }) => ({
        contents: `module.exports = ${load(path)};`,
        resolveDir: projectFolder,
      }));
      setup.onResolve({ filter: /^@node-rs\/argon2$/ }, ({ path }) => ({ path, namespace: 'argon2' }));
      setup.onLoad({ filter: /.*/, namespace: 'argon2' }, () => {
        const names = Object.keys(createRequire(loader)('@node-rs/argon2') as object);
        const getters = names.map((name) => `get ${name}() { return load().${name}; },`);
        return {
          contents: `let native;\nconst load = () => (native ??= ${load(argon2AddonName)});\nmodule.exports = {\n${getters.join('\n')}\n};`,
          resolveDir: projectFolder,
        };
      });
    },
  };
}
