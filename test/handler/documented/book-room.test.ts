import { expect, it } from 'vitest'
import { testTool } from '#sdk/testing'
import { bookRoom } from './book-room'

it('books what was confirmed, however often it is run', async () => {
  const call = await testTool(
    bookRoom,
    { city: 'Lisbon' },
    {
      answers: { confirm: { action: 'accept', content: { book: true } } },
      lost: (run) => run % 2 === 0, // every other run is lost at its end, and made again
    },
  )
  expect(call).toMatchObject({ ok: true, result: 'Booked Harbour Inn, Lisbon, number 4711.' })
  expect(call.questions.map(({ key }) => key)).toEqual(['confirm'])
})
