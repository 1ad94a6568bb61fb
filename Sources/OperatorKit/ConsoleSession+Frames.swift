import FieldModel
import OperatorInput

/// What goes out.
extension ConsoleSession {
    /// The frame for the grid time `intended`. `sample` was taken after the newest state had come; `now` is the time
    /// after it was taken.
    mutating func tick(_ input: InputReading, intended: Instant, slots: Int, stopID: () -> UInt64, at now: Instant)
        -> [ConsoleMachine.Action]
    {
        statistics.missedTimes += UInt64(max(0, slots - 1))
        var actions = obey(input, stopID, at: now)
        guard let newest else { return actions }
        sequence += 1
        let frame = frame(input, echo: newest, at: now)
        let routes = paths.routes(at: now)
        let isBroker =
            routes.isEmpty || newest.frame.flags.contains(.useBroker)
            || (lastDirect?.duration(to: now)).map { $0 >= Self.directPatience } ?? true
        (statistics.wanted, statistics.isEnabled) = (frame.axes, frame.flags.contains(.enable))
        log.sent(sequence, intended: intended, slots: slots, at: now)
        statistics.frames += 1
        statistics.framesByBroker += isBroker ? 1 : 0
        statistics.packets += UInt64(routes.count)
        actions.append(.command(frame, broker: isBroker, routes: routes))
        return actions
    }

    /// Stops and the like that the device has counted since the tick before.
    private mutating func obey(_ input: InputReading, _ stopID: () -> UInt64, at now: Instant)
        -> [ConsoleMachine.Action]
    {
        let (old, new) = (operatorCounts, input.sample)
        operatorCounts = new
        var actions: [ConsoleMachine.Action] = []
        if let fault = input.fault, !toldFault {
            toldFault = true
            actions.append(.tell(.inputLost(fault)))
        }
        if new.acknowledgements > old.acknowledgements { acknowledge() }
        if (new.handOvers - old.handOvers) % 2 != 0 { isOffering.toggle() }
        if new.quits > old.quits { release(at: now) }
        if new.stops > old.stops { actions += stop(id: stopID(), at: now) }
        return actions
    }

    private func frame(_ input: InputReading, echo: (frame: StateFrame, at: Instant), at now: Instant) -> CommandFrame {
        let isHeldBack =
            isStopping || acknowledging != nil || releasing != nil || echo.frame.phase == .safeStop
            || input.fault != nil
        let sample = isHeldBack ? input.sample.released : input.sample
        var flags: CommandFrame.Flags = sample.enable ? .enable : []
        if isOffering { flags.insert(.offer) }
        if releasing != nil { flags.insert(.release) }
        return CommandFrame(
            session: number, epoch: epoch, sequence: sequence, sent: UInt64(max(0, now.nanoseconds / 1000)),
            echoSequence: echo.frame.sequence, echoTime: echo.frame.time,
            hold: UInt32(clamping: echo.at.duration(to: now).wholeNanoseconds / 1000), lifetime: 200, flags: flags,
            acknowledgedStop: acknowledging ?? 0, axes: Self.thousandths(sample.axes), buttons: sample.buttons,
            videoAge: input.videoAge.map { UInt16(min(max(0, $0.wholeMilliseconds), Int64(UInt16.max) - 1)) },
            profile: profile)
    }

    /// What is no number rests.
    private static func thousandths(_ axes: [Double]) -> AxisValues {
        var values = AxisValues.rest
        for (place, axis) in axes.prefix(8).enumerated() where axis.isFinite {
            values[place] = Int16((min(max(axis, -1), 1) * 1000).rounded())
        }
        return values
    }
}
