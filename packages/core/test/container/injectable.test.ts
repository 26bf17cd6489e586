import 'reflect-metadata';
import { expect } from 'chai';
import { container as rootContainer } from 'tsyringe';
import { InvalidOptionError } from '#src/base/errors.js';
import { Injectable } from '#src/container/injectable.js';
import { protocol } from '../decorators/protocol.js';

class Clock {
  readonly kind = 'clock';
}

class Mailer {
  readonly mails: string[] = [];
}

describe(`@Injectable (${protocol})`, () => {
  it('injects the dependencies that it lists, in their order', () => {
    @Injectable(Clock, Mailer)
    class Service {
      constructor(
        readonly clock: Clock,
        readonly mailer: Mailer,
      ) {}
    }
    const service = rootContainer.createChildContainer().resolve(Service);
    expect(service.clock).to.be.instanceOf(Clock);
    expect(service.mailer).to.be.instanceOf(Mailer);
  });

  it('needs no list for a class without dependencies', () => {
    @Injectable()
    class Service {
      readonly name = 'service';
    }
    expect(rootContainer.createChildContainer().resolve(Service).name).to.equal('service');
  });

  it('needs no list where the compiler emits the types, and asks for it, when the class is defined, where it does not', () => {
    const define = () => {
      @Injectable()
      class Service {
        constructor(readonly clock: Clock) {}
      }
      return Service;
    };
    if (protocol === 'experimentalDecorators') {
      expect(rootContainer.createChildContainer().resolve(define()).clock).to.be.instanceOf(Clock);
    } else {
      expect(define).to.throw(InvalidOptionError, '@Injectable() of Service must list the dependencies');
    }
  });

  it('is checked against the constructor by the compiler', () => {
    // Never called: that the mistakes below are compile errors is the test.
    const define = (): unknown[] => {
      // @ts-expect-error: the wrong order
      @Injectable(Mailer, Clock)
      class WrongOrder {
        constructor(
          readonly clock: Clock,
          readonly mailer: Mailer,
        ) {}
      }
      // @ts-expect-error: one is missing
      @Injectable(Clock)
      class TooFew {
        constructor(
          readonly clock: Clock,
          readonly mailer: Mailer,
        ) {}
      }
      return [WrongOrder, TooFew];
    };
    expect(define).to.be.a('function');
  });
});
