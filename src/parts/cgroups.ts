import { existsSync, globSync, rmdirSync } from 'node:fs';
import path from 'node:path';

/** Removes a control group and all below it, in each hierarchy of the machine; none has a process any more. */
export function removeCgroup(name: string): void {
  for (const place of globSync([`/sys/fs/cgroup/${name}`, `/sys/fs/cgroup/*/${name}`])) {
    const below = globSync('**/', { cwd: place }).sort().reverse(); // the deepest first
    for (const group of below) rmdirSync(path.join(place, group));
    if (existsSync(place)) rmdirSync(place);
  }
}
