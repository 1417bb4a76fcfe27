import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { HEALTH, type Health } from '../ops/health.ts';
import { METRICS, type Metrics } from '../ops/metrics.ts';
import { type OpsAnswer, opsAnswers, type OpsAnswers } from '../ops/ops-answers.ts';
import { Public } from './auth.ts';

/** Health and metrics of the process on the REST edge; list it among the gateway's controllers. */
@ApiExcludeController()
@Public()
@Controller()
export class OpsController {
  private readonly answers: OpsAnswers;

  constructor(@Inject(HEALTH) health: Health, @Inject(METRICS) metrics: Metrics) {
    this.answers = opsAnswers(health, metrics);
  }

  @Get('health/live')
  live(@Res() reply: FastifyReply): void {
    send(reply, this.answers.live());
  }

  @Get('health/ready')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    send(reply, await this.answers.ready());
  }

  @Get('metrics')
  async metrics(@Res() reply: FastifyReply): Promise<void> {
    send(reply, await this.answers.metrics());
  }
}

function send(reply: FastifyReply, { status, contentType, body }: OpsAnswer): void {
  void reply.status(status).header('cache-control', 'no-store').type(contentType).send(body);
}
