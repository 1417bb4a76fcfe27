export * from './compare.ts';
export * from './ed25519.ts';
export * from './hmac.ts';
export * from './secret-box.ts';
