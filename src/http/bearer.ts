const scheme = 'bearer ';

/** What an Authorization header brings; nothing where it is missing or of another scheme. */
export function bearerOf(authorization: string | undefined): string {
  return authorization !== undefined && authorization.slice(0, scheme.length).toLowerCase() === scheme ? authorization.slice(scheme.length) : '';
}
