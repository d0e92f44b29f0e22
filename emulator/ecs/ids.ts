export {createIds, seededRandom, type Ids} from '../ids.ts'
