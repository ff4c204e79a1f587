/**
 * Stands in for what `@simplewebauthn/server` reads certificates of devices with, see `[alias]` in
 * wrangler.toml. We ask no device for a certificate (`attestationType: 'none'`), and a tenth of
 * the Worker would be code to check one. A device that sends one all the same is refused: by what it
 * throws, or by the parser, which knows no schema of it.
 *
 * @module
 */
export class CertificateRefused {
  constructor() {
    throw new Error('The device sent a certificate, which nobody asked for and nobody checks.')
  }
}

/** Names an algorithm, in lists that are made while the Worker starts and asked by nobody. */
export class AlgorithmIdentifier {}

export {
  CertificateRefused as AuthorityKeyIdentifierExtension,
  CertificateRefused as BasicConstraints,
  CertificateRefused as Certificate,
  CertificateRefused as CRLDistributionPointsExtension,
  CertificateRefused as ExtendedKeyUsage,
  CertificateRefused as KeyDescription,
  CertificateRefused as RSAPublicKey,
  CertificateRefused as SubjectAlternativeName,
  CertificateRefused as SubjectKeyIdentifierExtension,
  CertificateRefused as X509Certificate,
  CertificateRefused as X509ChainBuilder,
  CertificateRefused as X509Crl,
}

/** A kind of key and extensions, which no certificate has that was never read. */
export const id_rsaEncryption = '1.2.840.113549.1.1.1'
export const id_ce_basicConstraints = '2.5.29.19'
export const id_ce_extKeyUsage = '2.5.29.37'
export const id_ce_subjectAltName = '2.5.29.17'
export const id_ce_keyDescription = '1.3.6.1.4.1.11129.2.1.17'
