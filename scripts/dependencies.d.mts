export function areDependenciesCurrent(root: string): boolean;
export function markerFile(root: string): string;
export function lockHash(root: string): string;
