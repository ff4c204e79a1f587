/** The platform with two modules, one for anybody and one for those who have signed in. @module */
import { createWorker } from '../../../src/app'
import { drills } from '../../session/deploy/module'

// Every class that the configuration names, whichever comes to be named.
export * from '../../../src/index'

export default createWorker(drills('first'))
