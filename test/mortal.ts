/** One life of a process: its calls to the world, and where it ends. */
export interface Life {
  /** Names of all calls, in the order in which they began. */
  readonly calls: string[];
  /** Dies at this call, before it is done or after it and before anybody hears of it; 0: never. */
  readonly dieAt: number;
  readonly when: 'before' | 'after';
  isOver: boolean;
}

export class Killed extends Error {}

/** A store in the hands of a process that is killed: from its last call on nothing it begins is done; what is under way ends unheard. */
export function mortal<Store extends object>(store: Store, life: Life): Store {
  const begin = (name: string): boolean => {
    if (life.isOver) throw new Killed();
    return life.calls.push(name) === life.dieAt;
  };
  const die = (): never => {
    life.isOver = true;
    throw new Killed();
  };
  return Object.fromEntries(Object.entries(store).map(([name, call]) => [name, (...args: never[]) => {
    const isHere = begin(name);
    if (isHere && life.when === 'before') die();
    const result = (call as (...given: never[]) => AsyncIterable<unknown> | Promise<unknown>)(...args);
    // What is read page by page dies at its first page.
    if (!(result instanceof Promise)) return isHere ? die() : result;
    return result.then((value) => (isHere || life.isOver ? die() : value));
  }])) as Store;
}
