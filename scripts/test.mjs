/** `npm test`: installs what is missing and runs every check and test. */
import { spawnSync } from 'node:child_process';
import { install, npm, orExit, root } from './prepare.mjs';
import { installNeeds } from './test-needs.mjs';

orExit(install);
installNeeds();
const [program, ...first] = npm();
const { status } = spawnSync(program, [...first, 'run', 'check:all'], { cwd: root, stdio: 'inherit' });
process.exit(status ?? 1);
