/**
 * Stands in for what `@simplewebauthn/server` reads certificates of devices with, see `[alias]` in
 * wrangler.toml. We ask no device for a certificate (`attestationType: 'none'`), and a quarter of
 * the Worker would be code to check one. A device that sends one all the same is refused.
 *
 * @module
 */
export class CertificateRefused {
  constructor() {
    throw new Error('The device sent a certificate, which nobody asked for and nobody checks.')
  }
}

export {
  CertificateRefused as AuthorityKeyIdentifierExtension,
  CertificateRefused as CRLDistributionPointsExtension,
  CertificateRefused as KeyDescription,
  CertificateRefused as SubjectKeyIdentifierExtension,
  CertificateRefused as X509Certificate,
  CertificateRefused as X509ChainBuilder,
  CertificateRefused as X509Crl,
}

/** The extension of an Android key, which no certificate has that was never read. */
export const id_ce_keyDescription = '1.3.6.1.4.1.11129.2.1.17'
