/** A subscription to pushes, as the Worker has checked it. */
export interface NewPushSubscription {
  /** The URL of the push service, which is a secret of the browser. */
  endpoint: string;
  /** The public key: an uncompressed point of P-256 in base64url without padding. */
  p256dh: string;
  /** The authentication secret: 16 bytes in base64url without padding. */
  auth: string;
  device: string;
  /** In ms since 1970; null: unknown. */
  expiresAt: number | null;
}
