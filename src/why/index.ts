export type {
  ContainerLog,
  Explanation,
  FailedContainer,
  FailedTarget,
  FailingDeployment,
  FailureSources,
  LookForFailures,
  ServiceEventLike,
  TaskFailure
} from './failure.ts'
export {adviceForDeployment} from './deployment.ts'
export {describeTaskFailure, inShort} from './describe.ts'
export {isFromOutside} from './explain.ts'
export {isSameFailure} from './group.ts'
export {failuresOf} from './look.ts'
