/** Name under which the server knows all versions of our workers. */
export const DEPLOYMENT = 'almanac';
