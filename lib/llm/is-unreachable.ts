const connectionCodes = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPROTO',
  'UND_ERR_CONNECT_TIMEOUT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
const certificatePattern = /^ERR_(?:TLS|SSL)_|CERT/;

function isOfConnection(code: unknown): boolean {
  return typeof code === 'string' && (connectionCodes.has(code) || certificatePattern.test(code));
}

/** There was no connection to the provider, nor a name or a certificate to trust: no prompt can bring that about. */
export function isUnreachable(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if ('code' in at && isOfConnection(at.code)) return true;
  return false;
}
