import type { Metadata } from '@grpc/grpc-js';
import { timingSafeEqual } from 'node:crypto';

export type Credentials = { readonly name: string; readonly password: string };

/** `anonymous`: no credentials where some are needed. `refused`: wrong ones. */
export type Access = 'granted' | 'anonymous' | 'refused';

/** Without a user everything is granted, as on an insecure server. With one, streams are closed to everybody else (the default since 23.10). */
export function accessOf(user: Credentials | undefined): (metadata: Metadata) => Access {
  if (user === undefined) return () => 'granted';
  const expected = Buffer.from(`Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`);
  return (metadata) => {
    const [given] = metadata.get('authorization');
    if (given === undefined) return 'anonymous';
    const bytes = Buffer.from(given);
    return bytes.length === expected.length && timingSafeEqual(bytes, expected) ? 'granted' : 'refused';
  };
}
