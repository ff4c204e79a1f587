import * as z from 'zod'
import { defineTool } from '#sdk'

const Confirm = z.object({ book: z.boolean().meta({ title: 'Book it' }) })

export const bookRoom = defineTool({
  name: 'book_room',
  description: 'Plans a stay, asks the person, and books it.',
  input: z.object({ city: z.string() }),
  forms: { confirm: Confirm },
  async run({ city }, { step, elicit, once }) {
    const plan = await step('plan', () => ({ hotel: `Harbour Inn, ${city}`, nights: 2 }))
    const answer = await elicit('confirm', {
      message: `Book ${plan.hotel} for ${plan.nights} nights?`,
      schema: Confirm,
    })
    if (answer.action !== 'accept' || !answer.content.book) return 'Nothing was booked.'
    const booking = await once('book', () => ({ number: 4711 }))
    return `Booked ${plan.hotel}, number ${booking.number}.`
  },
})
