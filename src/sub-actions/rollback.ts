import {connect} from '../aws/clients.ts'
import {withCodeDeploy} from '../check/codedeploy/index.ts'
import {previousRevision} from '../check/previous.ts'
import {findRevisionToRun} from '../check/revision.ts'
import {findServices} from '../check/services.ts'
import type {Aws} from '../aws/clients.ts'
import {goBack, type Return} from '../deploy/go-back.ts'
import {digestsOfImages} from '../deploy/way-back.ts'
import {follow} from '../follow/follow.ts'
import type {StartedDeployment} from '../follow/started.ts'
import {Report} from '../report/report.ts'
import {inTime} from '../workflow/cancel.ts'
import {readWorkflowRun, type WorkflowRun} from '../workflow/event.ts'
import {readRollbackInputs, type RollbackInputs} from '../workflow/sub-action-inputs.ts'
import type {World} from '../world.ts'

/** Takes services back to revisions that ran before, and follows that to the outcome. Never throws. */
export async function rollBack(world: World): Promise<void> {
  const report = new Report(world, 'Rollback')
  try {
    await inTime(world, async () => {
      const workflowRun = readWorkflowRun(world.env)
      report.running(workflowRun)
      const inputs = readRollbackInputs(world.env)
      const aws = await report.watched('Sign in', () => connect(inputs, workflowRun, world))
      report.connected(aws)
      const returns = await report.phase('Check', () => findReturns(inputs, workflowRun, aws, world))
      report.chosen(returns.map(({service}) => service))
      for (const {service, revision} of returns) report.registered(service.name, {arn: revision.arn, registered: false})
      const deployments = await report.watched('Update', () => goBackAll(returns, aws, world, report))
      const wishes = {...inputs, waitFor: 'deployed', digestsOf: digestsOfImages(deployments, aws, world)} as const
      report.concluded(await report.watched('Deploy', () => follow(deployments, wishes, aws, world, report.changed)))
    })
  } catch (error) {
    report.failed(error)
  } finally {
    await report.close()
  }
}

/** What CodeDeploy deploys services with is found from them. */
const AS_FOUND = {
  codeDeploy: {application: undefined, deploymentGroup: undefined, deploymentConfig: undefined, appSpec: undefined},
  desiredCount: undefined
}

/** All of it is checked before anything is changed. */
async function findReturns(
  {service, cluster, to}: RollbackInputs,
  run: WorkflowRun,
  aws: Aws,
  world: World
): Promise<Return[]> {
  const returns: Return[] = []
  const services = await withCodeDeploy(await findServices(service, cluster, aws, world), AS_FOUND, run, aws, world)
  for (const [index, found] of services.entries()) {
    const name = to[index] ?? (await previousRevision(found, aws, world))
    const revision = await findRevisionToRun(name, aws, world)
    world.log.info(`service ${found.name} in ${found.cluster.name}: back to ${revision.arn}, ${found.rolls}`)
    returns.push({service: found, revision})
  }
  return returns
}

async function goBackAll(
  returns: readonly Return[],
  aws: Aws,
  world: World,
  report: Report
): Promise<StartedDeployment[]> {
  const deployments: StartedDeployment[] = []
  for (const one of returns) {
    world.signal.throwIfAborted()
    deployments.push(await goBack(one, aws, world, report))
  }
  return deployments
}
