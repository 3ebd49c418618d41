import type { DockerWorld } from './world.ts';
export function composeTrial(_world: DockerWorld): void {}
