import type {Service} from '@aws-sdk/client-ecs'
import type {Definition} from '../definition/definition.ts'
import type {DescribedDefinition} from '../definition/describe.ts'
import type {ImagePlan} from '../image/index.ts'
import type {WorkflowRun} from '../workflow/event.ts'
import type {Inputs} from '../workflow/inputs.ts'
import type {Capacity} from './capacity/gather.ts'
import type {GoneImage} from './safety/way-back.ts'
import type {SecretSeen} from './service/secrets/gather.ts'
import type {TargetGroup} from './service/target-groups.ts'

/** All that the checks know of one service and what it is to run. What is `undefined` could not be read. */
export interface Situation {
  /** As ECS describes it. */
  readonly service: Service | undefined
  /** As it will be registered: with the new image in the chosen containers. */
  readonly definition: Definition
  /** The names of the containers that get the image. */
  readonly containers: readonly string[]
  readonly inputs: Inputs
  readonly run: WorkflowRun
  readonly image: ImagePlan | undefined
  /** The revision that the service runs. */
  readonly running: DescribedDefinition | undefined
  /** The last revision that a release of this repository registered, where the service runs a later one from elsewhere. */
  readonly released: DescribedDefinition | undefined
  /** Images of that revision, of the containers that are released, which ECR does not have any more. */
  readonly goneImages: readonly GoneImage[] | undefined
  /** Those of the service's load balancers. */
  readonly targetGroups: readonly TargetGroup[] | undefined
  /** What AWS knows of the secrets and parameters that the definition names, as far as it may be asked. */
  readonly secrets: readonly SecretSeen[] | undefined
  /** What the service's tasks run on, where that is container instances. */
  readonly capacity: Capacity | undefined
}
