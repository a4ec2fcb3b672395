from bakehouse.settings import ProcessSettings


def test_every_secret_is_known_to_the_logs() -> None:
    settings = ProcessSettings.model_validate(
        {
            "nats_url": "nats://someone:in-the-url@127.0.0.1:4222,nats://a-token@127.0.0.1:4223",
            "nats_token": "the-token",
            "s3_secret_key": "the-key",
        }
    )
    assert {"in-the-url", "a-token", "the-token", "the-key"} <= set(settings.secrets())
    assert "" not in ProcessSettings().secrets()
