/**
 * What the official conformance suite last found, for `/status/conformance`. Written by
 * `npm run conformance -- --write`; says nothing of changes after its commit.
 *
 * @module
 */
import type { ConformanceRun } from './routes/status'

export const CONFORMANCE_RUN: ConformanceRun | undefined = undefined
