/** A real server's address, without which the suite fails. */
export function requireVariable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} must name a running server: see CONTRIBUTING.md`);
  return value;
}
