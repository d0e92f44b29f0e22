import {request} from 'node:http'
import type {Probe} from '../ecs/runtime.ts'
import type {ProbeAnswer} from '../target-groups.ts'

/** Makes one HTTP request to 127.0.0.1, as the health check of a load balancer does. */
export function probeHttp({port, path, timeoutSeconds}: Probe): Promise<ProbeAnswer> {
  return new Promise(resolve => {
    const sent = request({
      host: '127.0.0.1',
      port,
      path,
      agent: false,
      headers: {'user-agent': 'ELB-HealthChecker/2.0'}
    })
    const timer = setTimeout(() => {
      resolve('timeout')
      sent.destroy()
    }, timeoutSeconds * 1000)
    sent
      .once('response', response => {
        resolve({status: response.statusCode ?? 0})
        response.destroy()
      })
      .once('error', () => {
        resolve('failed')
      })
      .once('close', () => {
        clearTimeout(timer)
      })
      .end()
  })
}
