import { plainName } from '../plain-name'

/** A name someone else chose, kept apart from the direction of the sentence it stands in. */
export const Name = ({ text }: { text: string }) => <bdi>{plainName(text)}</bdi>
