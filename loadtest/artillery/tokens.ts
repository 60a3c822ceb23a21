import { SignJWT } from 'jose';

export interface Claims {
  sub: string;
  role: 'platform_admin' | 'tenant_admin';
  tenant_id?: string;
}

export type IssueToken = (claims: Claims) => Promise<string>;

/** Signs tokens as the platform's own command does. */
export const createIssueToken =
  (secret: string, lifetimeSeconds: number): IssueToken =>
  (claims) =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuedAt()
      .setExpirationTime(`${lifetimeSeconds}s`)
      .sign(new TextEncoder().encode(secret));
